import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Map;

/**
 * Lays out text, then has the JDK dispose of the font's face as it does when a font is unused. Run
 * from source, since nothing else here reads java.desktop.
 */
public final class DisposesOfAFont {
  private DisposesOfAFont() {}

  public static void main(String[] arguments) throws Exception {
    Font font = Font.createFont(Font.TRUETYPE_FONT, new java.io.File(arguments[0]));
    char[] text = "office".toCharArray();
    FontRenderContext context = new FontRenderContext(null, true, true);
    font.deriveFont(20f)
        .layoutGlyphVector(context, text, 0, text.length, Font.LAYOUT_LEFT_TO_RIGHT);
    Class<?> shaper = Class.forName("sun.font.HBShaper");
    Field faces = shaper.getDeclaredField("faceMap");
    faces.setAccessible(true);
    Map<?, ?> map = (Map<?, ?>) faces.get(null);
    System.out.println("faces " + map.size());
    for (Object face : map.values()) {
      Method dispose = face.getClass().getDeclaredMethod("dispose");
      dispose.setAccessible(true);
      dispose.invoke(face);
    }
    System.out.println("survived");
  }
}
