import { parse, serialize } from 'tinyduration';

const second = 1_000;
const units = {
  weeks: 604_800 * second,
  days: 86_400 * second,
  hours: 3_600 * second,
  minutes: 60 * second,
  seconds: second,
};

/** tinyduration also accepts signs inside, and text after the seconds. */
const form = /^P(?:[\d.,]+W)?(?:[\d.,]+D)?(?:T(?:[\d.,]+H)?(?:[\d.,]+M)?(?:[\d.,]+S)?)?$/;

/**
 * An ISO 8601 duration in milliseconds. Years and months have no fixed length, so they are refused, as are negative ones.
 *
 * @returns null for any other text
 */
export function parseDuration(text: string): number | null {
  if (!form.test(text)) return null;
  let parts: ReturnType<typeof parse>;
  try {
    parts = parse(text);
  } catch {
    return null;
  }
  let total = 0;
  for (const unit of Object.keys(units) as (keyof typeof units)[]) total += (parts[unit] ?? 0) * units[unit];
  return Number.isFinite(total) ? Math.round(total) : null;
}

/** Milliseconds as an ISO 8601 duration: 90,000 is `PT1M30S`. */
export function formatDuration(milliseconds: number): string {
  const whole = Math.floor(milliseconds / second);
  return serialize({
    days: Math.floor(whole / 86_400),
    hours: Math.floor(whole / 3_600) % 24,
    minutes: Math.floor(whole / 60) % 60,
    seconds: (whole % 60) + (milliseconds % second) / second,
  });
}
