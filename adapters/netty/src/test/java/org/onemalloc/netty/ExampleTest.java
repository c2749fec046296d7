package org.onemalloc.netty;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles the example of docs/adapters.md and asks it for an echo. */
@Tag("slow")
class ExampleTest {
  private static final Pattern JAVA =
      Pattern.compile("## Netty.*?```java\n(.*?)```", Pattern.DOTALL);

  @TempDir Path directory;

  @Sharable
  @SuppressWarnings("FutureReturnValueIgnored")
  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      context.writeAndFlush(message);
    }
  }

  @Test
  void theExampleServesFromTheHeap() throws Exception {
    OnemallocMetric metric = OnemallocByteBufAllocator.DEFAULT.metric();
    long before = metric.allocations();
    Channel server = start(new Echo());
    int port = ((InetSocketAddress) server.localAddress()).getPort();
    byte[] sent = new byte[100_000];
    new Random(1).nextBytes(sent);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      Thread sender =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      socket.getOutputStream().write(sent);
                    } catch (java.io.IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
      assertArrayEquals(sent, socket.getInputStream().readNBytes(sent.length));
      sender.join();
    }
    server.close().sync();
    assertTrue(metric.allocations() > before);
  }

  private Channel start(ChannelHandler handler) throws Exception {
    Path source = directory.resolve("Example.java");
    Files.writeString(
        source,
        """
        import io.netty.bootstrap.ServerBootstrap;
        import io.netty.channel.*;
        import io.netty.channel.nio.NioIoHandler;
        import io.netty.channel.socket.nio.NioServerSocketChannel;
        import org.onemalloc.netty.OnemallocByteBufAllocator;

        public class Example {
          public static Channel start(ChannelHandler handler) throws Exception {
        %s
            return server;
          }
        }
        """
            .formatted(example()));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    String path = System.getProperty("java.class.path");
    int code = compiler.run(null, null, null, "-cp", path, source.toString());
    assertTrue(code == 0, "the example does not compile");
    URL[] urls = {directory.toUri().toURL()};
    URLClassLoader loader = new URLClassLoader(urls, getClass().getClassLoader());
    return (Channel)
        loader.loadClass("Example").getMethod("start", ChannelHandler.class).invoke(null, handler);
  }

  private static String example() throws Exception {
    String text = Files.readString(Path.of("../../docs/adapters.md"));
    Matcher matcher = JAVA.matcher(text);
    assertTrue(matcher.find(), "docs/adapters.md has no example for Netty");
    return matcher.group(1);
  }
}
