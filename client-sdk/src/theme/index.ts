/**
 * What makes a portal's theme: the contrast that Everhook asks of its colours, and the colours and fonts that follow from them.
 *
 * @module
 */
export { contrastOf, hexOf, parseColour, type Rgb } from './colour.ts';
export { fontStackOf, isFontName, maxFonts } from './fonts.ts';
export { type Contrast, contrastProblems, contrastsOf, paletteOf, type ThemeColours } from './palette.ts';
