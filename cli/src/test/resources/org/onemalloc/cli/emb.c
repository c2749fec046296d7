/* A C program that opens a JVM: emb LIBJVM CLASSPATH runs Heaps.main; with a third word, with RTLD_DEEPBIND. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <jni.h>
#include <stdio.h>

int main(int count, char **words) {
  void *library = count < 3 ? NULL : dlopen(words[1], RTLD_NOW | (count > 3 ? RTLD_DEEPBIND : RTLD_GLOBAL));
  if (library == NULL) {
    puts(dlerror());
    return 2;
  }
  jint (*create)(JavaVM **, void **, void *) = (jint(*)(JavaVM **, void **, void *))dlsym(library, "JNI_CreateJavaVM");
  char path[4096];
  snprintf(path, sizeof path, "-Djava.class.path=%s", words[2]);
  JavaVMOption options[2] = {{path, 0}, {"--enable-native-access=ALL-UNNAMED", 0}};
  JavaVMInitArgs arguments = {JNI_VERSION_10, 2, options, 0};
  JavaVM *vm;
  JNIEnv *env;
  if (create(&vm, (void **)&env, &arguments) != 0) return 3;
  jclass heaps = (*env)->FindClass(env, "Heaps");
  jmethodID run = (*env)->GetStaticMethodID(env, heaps, "main", "([Ljava/lang/String;)V");
  jobject none = (*env)->NewObjectArray(env, 0, (*env)->FindClass(env, "java/lang/String"), 0);
  (*env)->CallStaticVoidMethod(env, heaps, run, none);
  if ((*env)->ExceptionCheck(env)) {
    (*env)->ExceptionDescribe(env);
    return 4;
  }
  (*vm)->DestroyJavaVM(vm);
  return 0;
}
