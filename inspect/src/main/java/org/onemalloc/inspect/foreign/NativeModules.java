package org.onemalloc.inspect.foreign;

import java.util.List;
import org.onemalloc.inspect.macos.MacModule;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.windows.WindowsModule;

/** Describes Mach-O and PE files. */
public final class NativeModules {
  private NativeModules() {}

  /**
   * Describes what a Mach-O or PE file allocates with: one module, or one for each architecture of
   * a fat Mach-O file.
   *
   * @param name its name, as {@link org.onemalloc.inspect.archive.NativeFile#name()}
   * @param file its bytes
   * @throws org.onemalloc.objectfile.ObjectFileException if it is neither, or is damaged
   */
  public static List<NativeModule> of(String name, byte[] file) {
    boolean isPe = file.length >= 2 && file[0] == 'M' && file[1] == 'Z';
    return isPe
        ? List.of(WindowsModule.of(name, file).module())
        : MacModule.of(name, file).stream().map(MacModule::module).toList();
  }
}
