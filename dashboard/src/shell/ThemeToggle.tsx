import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { MoonIcon, SunIcon } from '../design/icons.tsx';
import { keepTheme } from './theme.ts';

const isDark = () =>
  getComputedStyle(document.documentElement).colorScheme === 'dark' ||
  (document.documentElement.dataset.theme === undefined && matchMedia('(prefers-color-scheme: dark)').matches);

export function ThemeToggle() {
  const [dark, setDark] = useState(isDark);
  const toggle = () => {
    keepTheme(dark ? 'light' : 'dark');
    setDark(!dark);
  };
  return (
    <Button square look="quiet" aria-label={dark ? 'Light colours' : 'Dark colours'} onClick={toggle}>
      {dark ? <SunIcon /> : <MoonIcon />}
    </Button>
  );
}
