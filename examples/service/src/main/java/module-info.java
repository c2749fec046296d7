/** The built-in example: a service with native parts. */
module onemalloc.examples.service {
  requires com.github.luben.zstd_jni;
}
