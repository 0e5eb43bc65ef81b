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
 * Powers of ten. No double has more digits than the last one: it divides by all the twos and fives that a divisor's digits may have, and
 * exceeds all digits of a value.
 */
const powers = Array.from({ length: 81 }, (_, exponent) => 10n ** BigInt(exponent));
const power = (exponent: number): bigint => powers[Math.min(exponent, powers.length - 1)] as bigint;

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
    return shift >= 0 ? (digits * power(shift)) % by.digits === 0n : digits % (by.digits * power(-shift)) === 0n;
  };
}
