/** RFC 3339 in UTC with seconds: `2026-06-27T09:15:23Z`. */
export const withSeconds = (time: Date) => `${time.toISOString().slice(0, 19)}Z`;

/** RFC 3339 in UTC with milliseconds: `2026-06-27T09:15:23.000Z`. */
export const withMilliseconds = (time: Date) => time.toISOString();

/** Whole seconds since 1970. */
export const unixSeconds = (time: Date) => Math.floor(time.getTime() / 1000);
