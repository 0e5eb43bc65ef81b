import type { Attack } from './attack.ts';
import { documents } from './documents.ts';
import { erasures } from './erasures.ts';
import { fanOut } from './fanOut.ts';
import { inboundBodies } from './inboundBodies.ts';
import { largeAnswers } from './largeAnswers.ts';
import { patterns } from './patterns.ts';
import { recoveries } from './recoveries.ts';
import { restPublishing } from './restPublishing.ts';
import { silentReceivers } from './silentReceivers.ts';
import { statistics } from './statistics.ts';
import { streams } from './streams.ts';

/** Every load attack, by the name that `--attack` takes. */
export const attacks: Readonly<Record<string, Attack>> = {
  patterns,
  largeAnswers,
  silentReceivers,
  inboundBodies,
  statistics,
  fanOut,
  documents,
  streams,
  recoveries,
  restPublishing,
  erasures,
};
