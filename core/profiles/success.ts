/** The success rule of every system but one. */
export const any2xx = (code: number) => code >= 200 && code < 300;
