package org.onemalloc.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import one.convert.Frame;
import org.junit.jupiter.api.Test;

class PartsTest {
  /** As recorded in JDK 8 of Debian, whose libraries have no symbols. */
  @Test
  void knowsAFunctionWithoutASymbolByItsLibrary() {
    String libjvm = "/usr/lib/jvm/java-8-openjdk-amd64/jre/lib/amd64/server/libjvm.so";
    StackFrame libc = function("/usr/lib/x86_64-linux-gnu/libc.so.6");
    List<StackFrame> inside = List.of(libc, function(libjvm), function(libjvm));
    assertEquals(Parts.JVM, Parts.of(inside));
    List<StackFrame> stack =
        List.of(
            libc,
            function(libjvm),
            method("sun/misc/Unsafe", "allocateMemory"),
            method("java/nio/DirectByteBuffer", "<init>"),
            method("java/nio/ByteBuffer", "allocateDirect"),
            method("org/shop/Service", "main"));
    assertEquals("Java: org.shop", Parts.of(stack));
    assertEquals("libzip.so", Parts.of(List.of(libc, function("/jre/lib/libzip.so"))));
    assertEquals(Parts.UNKNOWN, Parts.of(List.of(libc, function("[unknown]"))));
  }

  @Test
  void passesOverGlibcUnderItsOldName() {
    List<StackFrame> stack =
        List.of(
            StackFrame.of("libc-2.31.so", "calloc", Frame.TYPE_NATIVE),
            StackFrame.of("ld-2.31.so", "_dl_allocate_tls", Frame.TYPE_NATIVE),
            StackFrame.of("libpthread-2.31.so", "pthread_create", Frame.TYPE_NATIVE),
            StackFrame.of("libjvm.so", "os::create_thread", Frame.TYPE_CPP));
    assertEquals(Parts.JVM, Parts.of(stack));
  }

  private static StackFrame function(String name) {
    return StackFrame.of("", name, Frame.TYPE_NATIVE);
  }

  private static StackFrame method(String owner, String name) {
    return StackFrame.of(owner, name, Frame.TYPE_JIT_COMPILED);
  }
}
