import { hexOf, parseColour } from '../../client-sdk/src/theme/colour.ts';
import { isFontName, maxFonts } from '../../client-sdk/src/theme/fonts.ts';
import { contrastProblems, type ThemeColours } from '../../client-sdk/src/theme/palette.ts';
import { invalid } from '../ground/errors.ts';
import { checkName } from '../ground/names.ts';
import { type RasterImage, readRasterImage } from './rasterImage.ts';

const maxRadius = 24;
const maxTitle = 60;
const maxUrl = 2_000;

const names = ['accent', 'background', 'surface', 'text'] as const satisfies readonly (keyof ThemeColours)[];

/**
 * The colours of one mode, each as `#rrggbb`.
 *
 * @throws ApiError VALIDATION_FAILED, naming the colour, and for a pair that cannot be read well what it has and what it needs
 */
export function checkColours(colours: ThemeColours, field: string): ThemeColours {
  const checked = Object.fromEntries(
    names.map((name) => {
      const parsed = parseColour(colours[name]);
      if (!parsed) throw invalid(`${field}.${name}`, 'A colour is # and six hexadecimal digits, such as #3552c4.');
      return [name, hexOf(parsed)];
    }),
  ) as unknown as ThemeColours;
  const [problem] = contrastProblems(checked);
  if (problem) {
    const { field: front, on, ratio, needed } = problem;
    const message = `${front} ${checked[front]} on ${on} ${checked[on]} has a contrast of ${ratio} to 1, and needs ${needed} to 1 (WCAG 2.2 AA): make one of them lighter or darker.`;
    throw invalid(`${field}.${front}`, message);
  }
  return checked;
}

/** @throws ApiError VALIDATION_FAILED */
export function checkRadius(radius: number, field: string): number {
  if (Number.isInteger(radius) && radius >= 0 && radius <= maxRadius) return radius;
  throw invalid(field, `The radius of corners is 0 to ${maxRadius} pixels.`);
}

/** @throws ApiError VALIDATION_FAILED */
export function checkFonts(fonts: readonly string[], field: string): string[] {
  const trimmed = fonts.map((name) => name.trim());
  if (trimmed.length > maxFonts) throw invalid(field, `At most ${maxFonts} fonts.`);
  const wrong = trimmed.findIndex((name) => !isFontName(name));
  if (wrong !== -1) {
    const message =
      'A font’s name has 1 to 40 letters, digits, spaces, hyphens and underscores, and begins with a letter.';
    throw invalid(`${field}[${wrong}]`, message);
  }
  return trimmed;
}

/** @throws ApiError VALIDATION_FAILED */
export function checkTitle(title: string, field: string): string {
  const checked = checkName(title, field);
  if (checked.length <= maxTitle) return checked;
  throw invalid(field, `This has at most ${maxTitle} characters.`);
}

/** @throws ApiError VALIDATION_FAILED */
export function checkBackUrl(text: string, field: string): string {
  const message = `Give an https address of at most ${maxUrl} characters, without a name and password.`;
  if (text.length > maxUrl || !URL.canParse(text)) throw invalid(field, message);
  const url = new URL(text);
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') throw invalid(field, message);
  if (url.href.length > maxUrl) throw invalid(field, message);
  return url.href;
}

/** What an image of a theme may be. */
export interface ImageLimits {
  readonly bytes: number;
  /** Of each side. */
  readonly pixels: number;
}

export const imageLimits = {
  logo: { bytes: 64 * 1024, pixels: 1_024 },
  favicon: { bytes: 16 * 1024, pixels: 256 },
} as const satisfies Record<string, ImageLimits>;

/**
 * An image from Base64, with what its own bytes say that it is.
 *
 * @throws ApiError VALIDATION_FAILED for what is no PNG, JPEG or WebP, or is too large
 */
export function checkImage(text: string, limits: ImageLimits, field: string): RasterImage & { readonly bytes: Buffer } {
  const most = `at most ${limits.bytes / 1024} kB and ${limits.pixels} × ${limits.pixels} pixels`;
  // Checked before it is decoded.
  if (text.length > Math.ceil(limits.bytes / 3) * 4 + 4) throw invalid(field, `The image is too large: ${most}.`);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw invalid(field, 'Give the bytes of the image as Base64.');
  const bytes = Buffer.from(text, 'base64');
  const image = readRasterImage(bytes);
  if (!image) {
    const message = `Give a PNG, a JPEG or a WebP, ${most}. SVG is not taken: it may hold scripts. Save it as a PNG.`;
    throw invalid(field, message);
  }
  if (bytes.length > limits.bytes || image.width > limits.pixels || image.height > limits.pixels) {
    const is = `${Math.ceil(bytes.length / 1024)} kB, ${image.width} × ${image.height} pixels`;
    throw invalid(field, `The image is too large (${is}): ${most}.`);
  }
  return { ...image, bytes };
}
