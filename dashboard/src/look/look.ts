import type { PortalTheme } from '@everhook/sdk';
import { fontStackOf, paletteOf } from '@everhook/sdk/theme';
import { createContext, useContext } from 'react';

/** How the portal around a page looks. */
export interface Look {
  readonly theme: PortalTheme | null;
  /** What stands at the top. */
  readonly title: string;
  hides(part: string): boolean;
  /** Whether the visitor chooses between light and dark. */
  readonly choosesColours: boolean;
}

export const LookContext = createContext<Look | null>(null);

/** Null outside of a portal: there the page looks as ours. */
export const useLook = (): Look | null => useContext(LookContext);

export const lookOf = (theme: PortalTheme | null, title: string): Look => ({
  theme,
  title: theme?.title ?? title,
  hides: (part) => theme?.hidden.some((each) => each === part.toUpperCase()) ?? false,
  choosesColours: !theme?.hidden.includes('APPEARANCE_SWITCH') && (theme?.light === null) === (theme?.dark === null),
});

type Colours = PortalTheme['light'];

/**
 * A theme as CSS variables. Colours are computed from checked ones and written as `#rrggbb`, fonts are names in quotes, corners are
 * numbers: no text of a tenant becomes CSS.
 */
export function variablesOf(theme: {
  readonly light: Colours;
  readonly dark: Colours;
  readonly radius: number | null;
  readonly fonts: readonly string[];
}): Readonly<Record<string, string>> {
  const [light, dark] = [theme.light && paletteOf(theme.light), theme.dark && paletteOf(theme.dark)];
  const variables: Record<string, string> = {};
  for (const name of Object.keys(light ?? dark ?? {})) {
    const [day, night] = [light?.[name] ?? dark?.[name], dark?.[name] ?? light?.[name]];
    variables[`--${name}`] = `light-dark(${day}, ${night})`;
  }
  if (theme.radius !== null) {
    variables['--radius'] = `${theme.radius}px`;
    variables['--radius-small'] = `${Math.round(theme.radius * 0.7)}px`;
  }
  const fonts = fontStackOf(theme.fonts);
  if (fonts) variables['--sans'] = fonts;
  return variables;
}

let shown: readonly string[] = [];

/** Whether nothing has anybody's colours, as the server sends a portal's page: until it is known whose it is, and where that never is. */
export function applyNeutral(on: boolean): void {
  if (on) document.documentElement.dataset.look = 'none';
  else delete document.documentElement.dataset.look;
}

/** Makes the whole page look so; before anything of it is shown. */
export function applyLook(theme: PortalTheme | null, base: string): void {
  const root = document.documentElement;
  for (const name of shown) root.style.removeProperty(name);
  const variables = theme ? variablesOf(theme) : {};
  for (const [name, value] of Object.entries(variables)) root.style.setProperty(name, value);
  shown = Object.keys(variables);
  if (!theme) return;
  if (theme.light && !theme.dark) root.dataset.theme = 'light';
  if (theme.dark && !theme.light) root.dataset.theme = 'dark';
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (icon && theme.faviconPath) {
    icon.removeAttribute('type');
    icon.href = base + theme.faviconPath;
  }
}
