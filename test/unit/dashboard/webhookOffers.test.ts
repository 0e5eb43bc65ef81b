import { describe, expect, it } from 'vitest';
import {
  type Action,
  getsEvents,
  offered,
  type Rights,
  standingOf,
  switchAction,
} from '../../../dashboard/src/webhooks/standing.ts';

type Given = Parameters<typeof offered>[0];

const well: Given = {
  active: true,
  health: 'HEALTHY',
  pausedAt: null,
  resumingAt: null,
  profile: 'STANDARD',
  hasSecret: true,
  retiringSecretUntil: null,
  retiringSecretExtended: false,
};
const time = '2026-11-27T12:00:00.000Z';
const all: Rights = { manages: true, replays: true, reveals: true };
const actionsOf = (change: Partial<Given>, rights: Rights = all): Action[] =>
  [...offered({ ...well, ...change }, rights)].sort();
const always = ['delete', 'edit', 'reveal', 'rotate', 'test'];

describe('what a webhook’s state offers', () => {
  it.each<[name: string, change: Partial<Given>, standing: string, on: boolean, turns: string, offers: string[]]>([
    ['healthy', {}, 'healthy', true, 'switchOff', ['pause', 'recover', 'switchOff']],
    ['degraded', { health: 'DEGRADED' }, 'degraded', true, 'switchOff', ['pause', 'recover', 'switchOff']],
    ['disabled', { health: 'DISABLED' }, 'disabled', false, 'reEnable', ['reEnable']],
    ['disabled and off', { health: 'DISABLED', active: false }, 'disabled', false, 'reEnable', ['reEnable']],
    ['off', { active: false }, 'off', false, 'switchOn', ['switchOn']],
    ['off and paused', { active: false, pausedAt: time }, 'off', false, 'switchOn', ['switchOn']],
    ['paused', { pausedAt: time }, 'paused', true, 'switchOff', ['recover', 'resume', 'switchOff']],
    [
      'resuming',
      { pausedAt: time, resumingAt: time },
      'resuming',
      true,
      'switchOff',
      ['pause', 'recover', 'switchOff'],
    ],
  ])('%s', (_name, change, standing, on, turns, offers) => {
    const webhook = { ...well, ...change };
    expect(standingOf(webhook)).toBe(standing);
    expect(getsEvents(webhook)).toBe(on);
    expect(switchAction(webhook)).toBe(turns);
    expect(actionsOf(change)).toEqual([...always, ...offers].sort());
  });

  it('changes while an old secret retires, and with the profile', () => {
    const retiring = { retiringSecretUntil: time };
    expect(actionsOf(retiring)).toEqual(expect.arrayContaining(['extend', 'retire']));
    expect(actionsOf(retiring)).not.toContain('rotate');
    expect(actionsOf({ ...retiring, retiringSecretExtended: true })).not.toContain('extend');
    expect(actionsOf({ profile: 'ONPLANA' })).not.toContain('rotate');
    expect(actionsOf({ profile: 'TESTPLANIT' })).not.toContain('reveal');
    expect(actionsOf({ profile: 'SLACK', hasSecret: false })).not.toContain('rotate');
  });

  it('is nothing without a right, and each right’s own alone', () => {
    expect(actionsOf({}, { manages: false, replays: false, reveals: false })).toEqual([]);
    expect(actionsOf({}, { manages: false, replays: true, reveals: false })).toEqual(['recover']);
    expect(actionsOf({}, { manages: false, replays: false, reveals: true })).toEqual(['reveal']);
  });
});
