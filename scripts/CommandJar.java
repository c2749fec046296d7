import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Copies a jar and gives the classes in it that were compiled for Java 5 the version of Java 8, with
 * the stack maps that this one requires. A start-up cache omits classes without stack maps, and
 * picocli has 228 of them: to load and verify them takes a quarter of the time of a short command.
 */
private static final int FIRST_WITH_STACK_MAPS = 50;

void main(String[] arguments) throws IOException {
  Path source = Path.of(arguments[0]);
  try (URLClassLoader loader =
          new URLClassLoader(
              new URL[] {source.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
      ZipFile in = new ZipFile(source.toFile());
      ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(Path.of(arguments[1])))) {
    ClassFile format =
        ClassFile.of(
            ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(loader)
                    .orElse(ClassHierarchyResolver.defaultResolver())));
    for (ZipEntry entry : in.stream().toList()) {
      ZipEntry copy = new ZipEntry(entry.getName());
      copy.setTimeLocal(entry.getTimeLocal());
      out.putNextEntry(copy);
      byte[] content = in.getInputStream(entry).readAllBytes();
      out.write(entry.getName().endsWith(".class") ? withStackMaps(format, content) : content);
      out.closeEntry();
    }
  }
}

private static byte[] withStackMaps(ClassFile format, byte[] content) {
  ClassModel old = format.parse(content);
  if (old.majorVersion() >= FIRST_WITH_STACK_MAPS) {
    return content;
  }
  return format.build(
      old.thisClass().asSymbol(),
      made ->
          old.forEach(
              element -> {
                switch (element) {
                  case ClassFileVersion _ -> made.withVersion(ClassFile.JAVA_8_VERSION, 0);
                  // Code that is copied as it is gets no stack maps.
                  case MethodModel method ->
                      made.transformMethod(
                          method, MethodTransform.transformingCode(CodeTransform.ACCEPT_ALL));
                  default -> made.with(element);
                }
              }));
}
