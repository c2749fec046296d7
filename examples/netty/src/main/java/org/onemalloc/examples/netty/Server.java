package org.onemalloc.examples.netty;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.stream.ChunkedWriteHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.onemalloc.netty.OnemallocByteBufAllocator;

/**
 * {@code Server echo|DIRECTORY adaptive|pooled|onemalloc}: echoes what it receives, or serves the
 * files of a directory by HTTP, with one event loop, on a free port of the loopback interface,
 * which it prints. Ends when its standard input ends.
 */
public final class Server {
  private Server() {}

  /** Serves. */
  public static void main(String[] arguments) throws Exception {
    ChannelHandler handler =
        arguments[0].equals("echo") ? new Echo() : new Files(Path.of(arguments[0]));
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    Channel server =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.ALLOCATOR, allocator(arguments[1]))
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    if (handler instanceof Files) {
                      channel.pipeline().addLast(new HttpServerCodec(), new ChunkedWriteHandler());
                    }
                    channel.pipeline().addLast(handler);
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .sync()
            .channel();
    System.out.println(((InetSocketAddress) server.localAddress()).getPort());
    while (System.in.read() >= 0) {
      Thread.onSpinWait();
    }
    server.close().sync();
    group.shutdownGracefully().sync();
  }

  private static ByteBufAllocator allocator(String name) {
    return switch (name) {
      case "adaptive" -> new AdaptiveByteBufAllocator(true);
      case "pooled" -> PooledByteBufAllocator.DEFAULT;
      case "onemalloc" -> OnemallocByteBufAllocator.DEFAULT;
      default -> throw new IllegalArgumentException("There is no allocator " + name + ".");
    };
  }
}
