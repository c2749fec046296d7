package study;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.onemalloc.netty.OnemallocByteBufAllocator;

/**
 * {@code NettyHttp REQUESTS TIMES}: the pipeline of an HTTP server, without the sockets: requests are read from buffers as
 * they would come from a channel, aggregated, and answered with their body turned round.
 */
public final class NettyHttp {
  private NettyHttp() {}

  public static void main(String[] arguments) throws Throwable {
    Counted.run(arguments, NettyHttp::work);
  }

  private static long work(int requests, int pass) {
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.config().setAllocator(OnemallocByteBufAllocator.DEFAULT);
    channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(1 << 20), new Turn());
    byte[] text = new byte[1 << 16];
    SplittableRandom random = new SplittableRandom(1);
    random.nextBytes(text);
    CRC32 sum = new CRC32();
    long bytes = 0;
    for (int i = 0; i < requests; i++) {
      int size = random.nextInt(64 << random.nextInt(9)) + 1;
      ByteBuf request = channel.alloc().directBuffer(256 + size);
      request.writeCharSequence(
          "POST /item/" + i % 100 + " HTTP/1.1\r\nHost: study\r\nContent-Length: " + size + "\r\n\r\n",
          StandardCharsets.US_ASCII);
      request.writeBytes(text, i % 1000, size);
      channel.writeInbound(request);
      for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
        bytes += part.readableBytes();
        sum.update(part.nioBuffer());
        part.release();
      }
    }
    channel.finishAndReleaseAll();
    return 31 * bytes + sum.getValue();
  }

  private static final class Turn extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      ByteBuf body = context.alloc().directBuffer(64);
      body.writeBytes(request.content().duplicate());
      int last = body.readableBytes() - 1;
      byte first = body.getByte(0);
      body.setByte(0, body.getByte(last));
      body.setByte(last, first);
      body.writeCharSequence(ByteBufUtil.hexDump(body, 0, Math.min(8, last + 1)), StandardCharsets.US_ASCII);
      DefaultFullHttpResponse response =
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
      context.writeAndFlush(response);
    }
  }
}
