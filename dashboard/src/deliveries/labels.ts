/** A label as the address and the field write it: `customer=c_42`. Null if it is none. */
export function labelOf(text: string): readonly [key: string, value: string] | null {
  const at = text.indexOf('=');
  const key = text.slice(0, at).trim();
  const value = text.slice(at + 1).trim();
  return at > 0 && value !== '' && /^[a-z0-9_.-]{1,40}$/.test(key) ? [key, value] : null;
}

export type LabelList = readonly (readonly [key: string, value: string])[];

/** The labels of a text such as `customer=c_42, region=eu`; null if a part of it is none. */
export function labelsOf(text: string): LabelList | null {
  const parts = text.split(',').flatMap((part) => part.trim() || []);
  const labels = parts.flatMap((part) => {
    const label = labelOf(part);
    return label ? [label] : [];
  });
  return labels.length === parts.length && labels.length <= 10 ? labels : null;
}

export const labelsText = (labels: LabelList): string => labels.map(([key, value]) => `${key}=${value}`).join(', ');
