package org.onemalloc.objectfile.elf;

/** A program that loads libraries as a JVM does, and then allocates in several threads. */
final class LoadsLibraries {
  private LoadsLibraries() {}

  @SuppressWarnings("restricted")
  public static void main(String[] libraries) throws InterruptedException {
    for (String library : libraries) {
      System.load(library);
    }
    for (int i = 0; i < 20; i++) {
      Thread thread = new Thread(() -> java.nio.ByteBuffer.allocateDirect(100_000));
      thread.start();
      thread.join();
    }
    System.out.println("loaded " + libraries.length);
  }
}
