import type { CatalogueEntry } from '../profile.ts';
import { invoiceEvents } from './planeConnection/invoice.ts';
import { safetyReportEvents } from './planeConnection/safetyReport.ts';
import { tripEvents } from './planeConnection/trip.ts';

/** Every event that PlaneConnection fires, by category. */
export const planeConnectionCatalogue: readonly CatalogueEntry[] = [
  ...tripEvents,
  ...safetyReportEvents,
  ...invoiceEvents,
];
