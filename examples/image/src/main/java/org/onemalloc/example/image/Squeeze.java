package org.onemalloc.example.image;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.zip.Deflater;

/** Answers {@code GET /TEXT} with the size of TEXT deflated: zlib allocates with malloc. */
final class Squeeze {
  private static final int PENDING = 50;

  private Squeeze() {}

  /** Prints the port that it listens on, and serves until it is ended. */
  public static void main(String[] arguments) throws IOException {
    int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 0;
    try (ServerSocket server = new ServerSocket(port, PENDING, InetAddress.getLoopbackAddress())) {
      System.out.println(server.getLocalPort());
      while (true) {
        Socket client = server.accept();
        Thread.startVirtualThread(() -> serve(client));
      }
    }
  }

  private static void serve(Socket client) {
    try (client;
        BufferedReader in =
            new BufferedReader(new InputStreamReader(client.getInputStream(), US_ASCII));
        OutputStream out = client.getOutputStream()) {
      String request = in.readLine();
      for (String line = request; line != null && !line.isEmpty(); line = in.readLine()) {}
      String body = answer(request) + "\n";
      String head = "HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n".formatted(body.length());
      out.write((head + body).getBytes(US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int answer(String request) {
    byte[] text = request.split(" ", -1)[1].substring(1).getBytes(US_ASCII);
    Deflater deflater = new Deflater();
    try {
      deflater.setInput(text);
      deflater.finish();
      return deflater.deflate(new byte[text.length + 64]);
    } finally {
      deflater.end();
    }
  }
}
