import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Prints the layers of an image in the OCI image layout, in the order of its manifest. */
static final Pattern DIGEST = Pattern.compile("\"digest\"\\s*:\\s*\"sha256:(\\w{64})\"");

void main(String[] arguments) throws Exception {
  Path layout = Path.of(arguments[0]);
  String manifest = Files.readString(blob(layout, digests(layout.resolve("index.json")).getFirst()));
  String layers = manifest.substring(manifest.indexOf("\"layers\""));
  Matcher found = DIGEST.matcher(layers);
  while (found.find()) {
    IO.println(blob(layout, found.group(1)));
  }
}

java.util.List<String> digests(Path file) throws Exception {
  return DIGEST.matcher(Files.readString(file)).results().map(each -> each.group(1)).toList();
}

Path blob(Path layout, String digest) {
  return layout.resolve("blobs/sha256").resolve(digest);
}
