const maxInteger = 2n ** 53n;

/** Why a number is refused: integers beyond ±2^53, where JavaScript rounds them, and numbers that are too large for a double. */
export function numberProblem(token: string): string | null {
  if (token.length >= 16 && /^-?\d+$/.test(token)) {
    const integer = BigInt(token);
    if (integer > maxInteger || integer < -maxInteger) {
      return 'Integers beyond ±2^53 do not survive every JSON reader: send this one as a string.';
    }
  }
  if (!Number.isFinite(Number(token))) return 'This number is larger than a double holds: send it as a string.';
  return null;
}
