#include <dlfcn.h>
#include <jni.h>
#include <stdio.h>
#include <stdlib.h>

/* host LIBJVM CLASSPATH MAIN: a C program with a JVM inside it */
int main(int argc, char **argv) {
  if (argc != 4) return 2;
  void *jvm = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
  if (!jvm) { fprintf(stderr, "%s\n", dlerror()); return 2; }
  jint (*create)(JavaVM **, void **, void *) =
      (jint (*)(JavaVM **, void **, void *)) dlsym(jvm, "JNI_CreateJavaVM");
  char path[65536];
  snprintf(path, sizeof path, "-Djava.class.path=%s", argv[2]);
  JavaVMOption options[] = {{path, 0}, {"--enable-native-access=ALL-UNNAMED", 0}};
  JavaVMInitArgs init = {JNI_VERSION_10, 2, options, JNI_FALSE};
  JavaVM *vm;
  JNIEnv *env;
  if (create(&vm, (void **) &env, &init) != JNI_OK) return 2;
  jclass main = (*env)->FindClass(env, argv[3]);
  if (!main) { (*env)->ExceptionDescribe(env); return 3; }
  jmethodID run = (*env)->GetStaticMethodID(env, main, "main", "([Ljava/lang/String;)V");
  jobjectArray none =
      (*env)->NewObjectArray(env, 0, (*env)->FindClass(env, "java/lang/String"), NULL);
  (*env)->CallStaticVoidMethod(env, main, run, none);
  if ((*env)->ExceptionCheck(env)) { (*env)->ExceptionDescribe(env); return 1; }
  (*vm)->DestroyJavaVM(vm);
  free(malloc(100));
  return 0;
}
