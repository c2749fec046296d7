package org.onemalloc.objectfile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ObjectFileExceptionTest {
  @Test
  void theMessageIsOneLineWhateverNamesAFileHas() {
    String name = "a\nb\u001b[31mc\u2028d\u202ee$1\\f";
    assertEquals(
        "The import a\\nb\\u001b[31mc\\u2028d\\u202ee$1\\f is bad.",
        new ObjectFileException("The import " + name + " is bad.").getMessage());
  }
}
