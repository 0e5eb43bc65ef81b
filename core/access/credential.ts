/**
 * What a caller's access is checked by, at the start and again for as long as it lasts: an `Authorization` header, or a session by its
 * id, because the token of a session is replaced meanwhile.
 */
export type Credential = string | { readonly session: string };
