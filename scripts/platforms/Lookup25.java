import java.lang.foreign.*;

/** Frees a block of strdup through the default lookup, and allocates outside of Java's heap. */
public class Lookup25 {
  public static void main(String[] arguments) throws Throwable {
    var linker = Linker.nativeLinker();
    var lookup = linker.defaultLookup();
    var strdup =
        linker.downcallHandle(
            lookup.find("strdup").get(),
            FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    var free =
        linker.downcallHandle(
            lookup.find("free").get(), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
    free.invoke((MemorySegment) strdup.invoke(Arena.global().allocateFrom("x")));
    System.out.println("ok");
  }
}
