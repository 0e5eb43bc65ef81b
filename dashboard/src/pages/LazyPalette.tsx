import { lazy } from 'react';
import { palette } from './parts.ts';

/** The palette, loaded when it is first opened. */
export const LazyPalette = lazy(palette);
