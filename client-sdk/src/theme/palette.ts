import { contrastOf, hexOf, mix, parseColour, type Rgb } from './colour.ts';

/** The colours of a portal theme that are chosen, each `#rrggbb`; all others follow from them. */
export interface ThemeColours {
  /** Links, buttons, and what is chosen. */
  readonly accent: string;
  /** Behind the whole page. */
  readonly background: string;
  /** Cards, tables, dialogs and the navigation. */
  readonly surface: string;
  /** The text. */
  readonly text: string;
}

/** How well one colour can be read on another. */
export interface Contrast {
  /** The colour in front, and the one behind it. */
  readonly field: keyof ThemeColours;
  readonly on: keyof ThemeColours;
  /** WCAG's contrast ratio, 1 to 21, with two decimals. */
  readonly ratio: number;
  /** What it has to be. */
  readonly needed: number;
}

/** What WCAG 2.2 AA asks of text. */
const ofText = 4.5;
/** What it asks of outlines and of parts of charts. */
const ofShapes = 3;

const pairs = [
  ['text', 'background'],
  ['text', 'surface'],
  ['accent', 'background'],
  ['accent', 'surface'],
] as const;

type Chosen = { readonly [Name in keyof ThemeColours]: Rgb };

/** @returns null if one of them is no `#rrggbb` */
function read(colours: ThemeColours): Chosen | null {
  const { accent, background, surface, text } = colours;
  const chosen = { accent, background, surface, text };
  const parsed = Object.entries(chosen).map(([name, value]) => [name, parseColour(value)] as const);
  return parsed.every(([, value]) => value) ? (Object.fromEntries(parsed) as unknown as Chosen) : null;
}

/** The pairs of colours that have to be read on each other; those with a text that is no colour are left out. */
export function contrastsOf(colours: ThemeColours): Contrast[] {
  return pairs.flatMap(([field, on]) => {
    const [front, behind] = [parseColour(colours[field]), parseColour(colours[on])];
    if (!front || !behind) return [];
    // Rounded down: 4.496 must not be told as 4.5.
    return [{ field, on, ratio: Math.floor(contrastOf(front, behind) * 100) / 100, needed: ofText }];
  });
}

/** Pairs of colours that do not meet WCAG 2.2 AA. Texts that are no colours have none: they are refused for that. */
export const contrastProblems = (colours: ThemeColours): Contrast[] =>
  contrastsOf(colours).filter(({ ratio, needed }) => ratio < needed);

const white: Rgb = [255, 255, 255];
const black: Rgb = [0, 0, 0];

/** Whichever of black and white reads better: one of them always has 4.58 to 1. */
const onTop = (colour: Rgb): Rgb => (contrastOf(white, colour) >= contrastOf(black, colour) ? white : black);

const readsOn = (front: Rgb, behind: readonly Rgb[], needed: number) =>
  behind.every((each) => contrastOf(front, each) >= needed);

/** The first colour on the way that reads well on all these; the end of the way at the latest. */
function towards(from: Rgb, to: Rgb, behind: readonly Rgb[], needed: number, begin = 0): Rgb {
  for (let share = begin; share < 1; share += 0.02) {
    const colour = mix(from, to, share);
    if (readsOn(colour, behind, needed)) return colour;
  }
  return to;
}

/** A tint of a surface, as strong as can be while these still read well on it. */
function tinted(surface: Rgb, by: Rgb, share: number, fronts: readonly Rgb[]): Rgb {
  for (let each = share; each > 0; each -= 0.01) {
    const colour = mix(surface, by, each);
    if (fronts.every((front) => contrastOf(front, colour) >= ofText)) return colour;
  }
  return surface;
}

/** What is good, doubtful or bad keeps its hue in every theme. */
const states = { good: [22, 140, 88], warn: [170, 110, 0], bad: [200, 45, 55] } as const satisfies Record<string, Rgb>;

/**
 * All colours of a page, by the names of its CSS variables without `--`, each `#rrggbb`. Text that reads well on the chosen colours
 * reads well on those that follow from them.
 *
 * @returns null if one of the chosen is no `#rrggbb`
 */
export function paletteOf(colours: ThemeColours): Readonly<Record<string, string>> | null {
  const chosen = read(colours);
  if (!chosen) return null;
  const { accent, background, surface, text } = chosen;
  const fronts = [text, accent];
  const sunken = tinted(background, text, 0.04, fronts);
  const hover = tinted(surface, text, 0.05, fronts);
  const accentSoft = tinted(surface, accent, 0.12, fronts);
  const planes = [background, surface, sunken, hover, accentSoft];
  const strong = mix(accent, onTop(accent) === white ? black : white, 0.18);
  const palette: Record<string, Rgb> = {
    canvas: background,
    surface,
    sunken,
    hover,
    text,
    accent,
    'on-accent': onTop(accent),
    'accent-strong': readsOn(strong, planes, ofText) ? strong : accent,
    'accent-soft': accentSoft,
    muted: towards(mix(surface, text, 0.6), text, planes, ofText),
    line: mix(surface, text, 0.14),
    'line-strong': towards(mix(surface, text, 0.4), text, planes, ofShapes),
  };
  for (const [name, hue] of Object.entries(states)) {
    const colour = towards(hue, text, planes, ofText);
    palette[name] = colour;
    palette[`${name}-soft`] = tinted(surface, hue, 0.14, [colour, text]);
    palette[`chart-${name}`] = towards(hue, text, planes, ofShapes);
  }
  palette['bad-fill'] = palette.bad as Rgb;
  palette['on-bad'] = onTop(palette.bad as Rgb);
  return Object.fromEntries(Object.entries(palette).map(([name, colour]) => [name, hexOf(colour)]));
}
