package org.onemalloc.examples.netty;

import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpResponseStatus.NOT_FOUND;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpVersion.HTTP_1_1;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.stream.ChunkedNioFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Serves the files of one directory through buffers of 64 KB, as a server that encrypts or
 * compresses them must; sendfile would need no buffers.
 */
@Sharable
@SuppressWarnings("FutureReturnValueIgnored") // a failure closes the channel
final class Files extends SimpleChannelInboundHandler<HttpObject> {
  private static final int CHUNK = 64 * 1024;

  private final Path directory;

  Files(Path directory) {
    this.directory = directory;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject message)
      throws IOException {
    if (message instanceof HttpRequest request) {
      serve(context, directory.resolve(Path.of(request.uri()).getFileName()));
    }
  }

  private static void serve(ChannelHandlerContext context, Path file) throws IOException {
    if (!java.nio.file.Files.isRegularFile(file)) {
      context.writeAndFlush(empty());
      return;
    }
    FileChannel channel = FileChannel.open(file);
    HttpResponse response = new DefaultHttpResponse(HTTP_1_1, OK);
    response.headers().set(CONTENT_LENGTH, channel.size());
    context.write(response);
    context.write(new ChunkedNioFile(channel, CHUNK));
    context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
  }

  private static HttpResponse empty() {
    HttpResponse response = new DefaultFullHttpResponse(HTTP_1_1, NOT_FOUND, Unpooled.EMPTY_BUFFER);
    response.headers().set(CONTENT_LENGTH, 0);
    return response;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close(); // a client that went away
  }
}
