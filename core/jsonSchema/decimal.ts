/** A number as digits × 10^exponent, exactly as its shortest text says. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

function decimalOf(value: number): Decimal {
  const [mantissa = '0', power = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}

/**
 * Divides by one number, in decimals: 19.99 is a multiple of 0.01, although doubles represent neither exactly. Digits beyond a
 * double's are lost before, when JSON is parsed.
 */
export function multipleOf(divisor: number): (value: number) => boolean {
  const by = decimalOf(divisor);
  return (value) => {
    if (Number.isSafeInteger(value) && Number.isSafeInteger(divisor)) return value % divisor === 0;
    const { digits, exponent } = decimalOf(value);
    const shift = exponent - by.exponent;
    return shift >= 0
      ? (digits * 10n ** BigInt(shift)) % by.digits === 0n
      : digits % (by.digits * 10n ** BigInt(-shift)) === 0n;
  };
}
