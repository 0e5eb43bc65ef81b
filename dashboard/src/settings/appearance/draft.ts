import type { PortalColoursInput, PortalPart, PortalTheme, PortalThemeChanges } from '@everhook/sdk';
import type { Language } from '../../words/language.ts';

export type Mode = 'light' | 'dark';

/** A theme as it is being edited. */
export interface Draft {
  /** Kept while a mode is off, so that switching it on again loses nothing. */
  readonly colours: Readonly<Record<Mode, PortalColoursInput>>;
  readonly modes: Readonly<Record<Mode, boolean>>;
  /** Null: as it is by default. */
  readonly radius: number | null;
  readonly fonts: string;
  readonly title: string;
  readonly language: Language | '';
  readonly hidden: readonly PortalPart[];
  readonly backUrl: string;
  readonly backLabel: string;
  /** Base64 of another image; null: none. Undefined keeps the one that there is. */
  readonly logo: string | null | undefined;
  readonly favicon: string | null | undefined;
}

/** What a mode begins with: plain colours that read well. */
const first: Readonly<Record<Mode, PortalColoursInput>> = {
  light: { accent: '#3552c4', background: '#f5f6f9', surface: '#ffffff', text: '#182033' },
  dark: { accent: '#8fa8ff', background: '#0e1117', surface: '#161b24', text: '#e7eaf0' },
};

export const draftOf = (theme: PortalTheme | null): Draft => ({
  colours: { light: theme?.light ?? first.light, dark: theme?.dark ?? first.dark },
  modes: { light: theme?.light != null, dark: theme?.dark != null },
  radius: theme?.radius ?? null,
  fonts: theme?.fonts.join(', ') ?? '',
  title: theme?.title ?? '',
  language: theme?.language === 'DE' ? 'de' : theme?.language === 'EN' ? 'en' : '',
  hidden: theme?.hidden ?? [],
  backUrl: theme?.backUrl ?? '',
  backLabel: theme?.backLabel ?? '',
  logo: undefined,
  favicon: undefined,
});

/** The names in a list of fonts, however they are spaced. */
export const fontsOf = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim().replace(/^["']|["']$/g, ''))
    .filter((name) => name !== '');

export function changesOf(draft: Draft): PortalThemeChanges {
  const { colours, modes, radius, fonts, title, language, hidden, backUrl, backLabel, logo, favicon } = draft;
  return {
    light: modes.light ? colours.light : null,
    dark: modes.dark ? colours.dark : null,
    radius,
    fonts: fontsOf(fonts),
    title: title.trim() || null,
    language: language === '' ? null : language === 'de' ? 'DE' : 'EN',
    hidden,
    back: backUrl.trim() || backLabel.trim() ? { url: backUrl.trim(), label: backLabel.trim() } : null,
    ...(logo === undefined ? {} : { logo }),
    ...(favicon === undefined ? {} : { favicon }),
  };
}

/** Drafts that are not saved yet, by project: leaving the page and coming back loses none. */
export const unsaved = new Map<string, Draft>();
