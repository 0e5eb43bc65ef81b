// In each pattern at most one part takes any one space: two that could would try every way to share them.
const json = /^application\/json *(?:; *charset *= *"?utf-8"? *)?$/i;
const jsonOrPatch = /^application\/(?:merge-patch\+)?json *(?:; *charset *= *"?utf-8"? *)?$/i;

/** Whether a `Content-Type` is JSON in UTF-8. */
export const isJson = (header: string | undefined): boolean => json.test(header ?? '');

/** Whether a `Content-Type` is JSON in UTF-8, or a merge patch (RFC 7396). */
export const isJsonOrPatch = (header: string | undefined): boolean => jsonOrPatch.test(header ?? '');
