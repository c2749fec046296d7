import java.lang.invoke.MethodType;
import jdk.incubator.foreign.*;

/** The same with the incubator's interface. */
public class Lookup17 {
  public static void main(String[] arguments) throws Throwable {
    CLinker linker = CLinker.getInstance();
    SymbolLookup lookup = CLinker.systemLookup();
    var strdup =
        linker.downcallHandle(
            lookup.lookup("strdup").get(),
            MethodType.methodType(MemoryAddress.class, MemoryAddress.class),
            FunctionDescriptor.of(CLinker.C_POINTER, CLinker.C_POINTER));
    var free =
        linker.downcallHandle(
            lookup.lookup("free").get(),
            MethodType.methodType(void.class, MemoryAddress.class),
            FunctionDescriptor.ofVoid(CLinker.C_POINTER));
    var text = CLinker.toCString("x", ResourceScope.globalScope());
    free.invoke((MemoryAddress) strdup.invoke(text.address()));
    System.out.println("ok");
  }
}
