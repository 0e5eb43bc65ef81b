import type { Schema } from './keywords.ts';
import type { Check, Fault, Run } from './run.ts';
import type { Subschemas } from './subschemas.ts';

/** The checks of keywords that apply other schemas to the same value. */
export function combiningChecks(schema: Readonly<Record<string, unknown>>, subschemas: Subschemas): Check[] {
  const checks: Check[] = [];
  const listed = (keyword: string) =>
    (schema[keyword] as Schema[]).map((each, index) => subschemas.inPlace(each, `.${keyword}[${index}]`));
  if (schema.allOf !== undefined) checks.push(...listed('allOf'));
  if (schema.anyOf !== undefined) checks.push(anyCheck(listed('anyOf'), subschemas.tracks));
  if (schema.oneOf !== undefined) checks.push(oneCheck(listed('oneOf')));
  if (schema.not !== undefined) checks.push(notCheck(subschemas.inPlace(schema.not as Schema, '.not')));
  if (schema.if !== undefined) {
    const branch = (keyword: 'then' | 'else') =>
      schema[keyword] === undefined ? null : subschemas.inPlace(schema[keyword] as Schema, `.${keyword}`);
    checks.push(ifCheck(subschemas.inPlace(schema.if as Schema, '.if'), branch('then'), branch('else')));
  }
  return checks;
}

// A search without an answer yet counts as a match. A keyword that would refuse because of a match must not do so while questions
// are open: the run continues, and collects the other questions.

/** The error to report of several: the deepest one, of the alternative that was probably meant. */
class Nearest {
  #fault: Fault | null = null;

  note(run: Run): void {
    if (this.#fault === null || run.depthOfFault > this.#fault.path.length) this.#fault = run.fault();
  }

  report(run: Run, alternatives: number): false {
    const fault = this.#fault as Fault;
    return fault.path.length > 0 || alternatives === 1
      ? run.failAs(fault)
      : run.fail(`This fits none of the ${alternatives} alternatives of the schema. Of the first: ${fault.message}`);
  }
}

function anyCheck(checks: readonly Check[], tracks: boolean): Check {
  return (value, run) => {
    const nearest = new Nearest();
    let fits = false;
    for (const check of checks) {
      if (check(value, run)) {
        if (!tracks) return true;
        fits = true;
      } else if (run.isTimedOut) return false;
      else if (!fits) nearest.note(run);
    }
    return fits || nearest.report(run, checks.length);
  };
}

function oneCheck(checks: readonly Check[]): Check {
  return (value, run) => {
    const nearest = new Nearest();
    const asked = run.questions.length;
    let one = -1;
    for (const [index, check] of checks.entries()) {
      if (check(value, run)) {
        if (one !== -1) {
          if (run.questions.length > asked) continue;
          return run.fail(
            `This fits alternatives ${one + 1} and ${index + 1} of the schema’s "oneOf", and must fit exactly one.`,
          );
        }
        one = index;
      } else if (run.isTimedOut) return false;
      else if (one === -1) nearest.note(run);
    }
    return one !== -1 || nearest.report(run, checks.length);
  };
}

function notCheck(check: Check): Check {
  return (value, run) => {
    const { evaluated } = run;
    const asked = run.questions.length;
    run.evaluated = null;
    const fits = check(value, run);
    run.evaluated = evaluated;
    if (run.isTimedOut) return false;
    return fits && run.questions.length === asked
      ? run.fail('This must not fit what "not" describes in the schema.')
      : true;
  };
}

function ifCheck(condition: Check, then: Check | null, otherwise: Check | null): Check {
  return (value, run) => {
    const asked = run.questions.length;
    const fits = condition(value, run);
    if (run.isTimedOut) return false;
    const isOpen = run.questions.length > asked;
    const branch = fits ? then : otherwise;
    return branch === null || branch(value, run) || (isOpen && !run.isTimedOut);
  };
}
