// Runs in the browser: the texts that are shown with less contrast than WCAG 2.2 asks for at level
// AA (1.4.3: 4.5, of large texts 3). Its result is the value of the script.

(() => {
  const RATIO_MIN = 4.5;
  const LARGE_RATIO_MIN = 3;
  const LARGE_PX = 24;
  const LARGE_BOLD_PX = 18.66;

  type Colour = [red: number, green: number, blue: number, alpha: number];
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });

  /** A color of CSS as numbers, whatever its notation. */
  function colourOf(text: string): Colour {
    if (!canvas) throw new Error('no canvas');
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  }

  /** What lies behind an element: the first color that lets nothing through. */
  function backgroundOf(element: Element | null): Colour {
    if (!element) return [255, 255, 255, 1];
    const colour = colourOf(getComputedStyle(element).backgroundColor);
    return colour[3] > 0.99 ? colour : backgroundOf(element.parentElement);
  }

  function luminance([red, green, blue]: Colour): number {
    const [r = 0, g = 0, b = 0] = [red, green, blue].map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function ratioOf(element: Element): number {
    const text = luminance(colourOf(getComputedStyle(element).color));
    const behind = luminance(backgroundOf(element));
    return (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
  }

  function neededFor(element: Element): number {
    const { fontSize, fontWeight } = getComputedStyle(element);
    const px = Number.parseFloat(fontSize);
    const isLarge = px >= LARGE_PX || (px >= LARGE_BOLD_PX && Number(fontWeight) >= 700);
    return isLarge ? LARGE_RATIO_MIN : RATIO_MIN;
  }

  const shown = [...document.querySelectorAll('body, body *')].filter((element) => {
    const ownText = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
    );
    const isField = element.matches('input, textarea');
    return (ownText || isField) && element.checkVisibility({ opacityProperty: true });
  });
  const low = shown
    .filter((element) => ratioOf(element) < neededFor(element))
    .map((element) => {
      const name = element.className ? `${element.tagName}.${element.className}` : element.tagName;
      return `${name} ${element.textContent?.slice(0, 40)}: ${ratioOf(element).toFixed(2)}`;
    });
  return { count: shown.length, low };
})();
