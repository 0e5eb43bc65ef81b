import type { Inner } from './inner.ts';
import type { Schema } from './keywords.ts';
import type { Check, Fault, Run } from './run.ts';

/** The checks of keywords that apply other schemas to the same value. */
export function combiningChecks(schema: Readonly<Record<string, unknown>>, inner: Inner): Check[] {
  const checks: Check[] = [];
  const listed = (keyword: string) =>
    (schema[keyword] as Schema[]).map((each, index) => inner.inPlace(each, `.${keyword}[${index}]`));
  if (schema.allOf !== undefined) checks.push(...listed('allOf'));
  if (schema.anyOf !== undefined) checks.push(anyCheck(listed('anyOf'), inner.tracks));
  if (schema.oneOf !== undefined) checks.push(oneCheck(listed('oneOf')));
  if (schema.not !== undefined) checks.push(notCheck(inner.inPlace(schema.not as Schema, '.not')));
  if (schema.if !== undefined) {
    const branch = (keyword: 'then' | 'else') =>
      schema[keyword] === undefined ? null : inner.inPlace(schema[keyword] as Schema, `.${keyword}`);
    checks.push(ifCheck(inner.inPlace(schema.if as Schema, '.if'), branch('then'), branch('else')));
  }
  return checks;
}

// An open question counts as yes. A keyword that refuses because of a yes does not refuse while the question is open: the run
// goes on, and finds the other questions.

/** The error to report of several: the deepest one, of the alternative that was probably meant. */
class Nearest {
  #fault: Fault | null = null;

  note(run: Run): void {
    if (this.#fault === null || run.depthOfFault > this.#fault.path.length) this.#fault = run.fault();
  }

  tell(run: Run, alternatives: number): false {
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
      } else if (run.isLate) return false;
      else if (!fits) nearest.note(run);
    }
    return fits || nearest.tell(run, checks.length);
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
      } else if (run.isLate) return false;
      else if (one === -1) nearest.note(run);
    }
    return one !== -1 || nearest.tell(run, checks.length);
  };
}

function notCheck(check: Check): Check {
  return (value, run) => {
    const { seen } = run;
    const asked = run.questions.length;
    run.seen = null;
    const fits = check(value, run);
    run.seen = seen;
    if (run.isLate) return false;
    return fits && run.questions.length === asked
      ? run.fail('This must not fit what "not" describes in the schema.')
      : true;
  };
}

function ifCheck(condition: Check, then: Check | null, otherwise: Check | null): Check {
  return (value, run) => {
    const asked = run.questions.length;
    const fits = condition(value, run);
    if (run.isLate) return false;
    const isOpen = run.questions.length > asked;
    const branch = fits ? then : otherwise;
    return branch === null || branch(value, run) || (isOpen && !run.isLate);
  };
}
