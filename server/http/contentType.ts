// In each pattern only one part can match a given space: if two could, a long run of spaces would cause backtracking.
const json = /^application\/json *(?:; *charset *= *"?utf-8"? *)?$/i;
const jsonOrPatch = /^application\/(?:merge-patch\+)?json *(?:; *charset *= *"?utf-8"? *)?$/i;

/** Whether a `Content-Type` is JSON in UTF-8. */
export const isJson = (header: string | undefined): boolean => json.test(header ?? '');

/** Whether a `Content-Type` is JSON in UTF-8, or a merge patch (RFC 7396). */
export const isJsonOrPatch = (header: string | undefined): boolean => jsonOrPatch.test(header ?? '');
