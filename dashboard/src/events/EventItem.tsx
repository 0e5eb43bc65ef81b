import { useScope } from '../shell/scope.tsx';
import { ClosedToYou } from './ClosedToYou.tsx';
import { EventPage } from './EventPage.tsx';
import { PublishPage } from './PublishPage.tsx';

/** A page below the log: an event's, or the one where events are published. */
export default function EventItem({ id }: { readonly id: string }) {
  const { may } = useScope();
  if (id === 'publish') return may('EVENT_PUBLISH') ? <PublishPage /> : <ClosedToYou permission="EVENT_PUBLISH" />;
  return may('WEBHOOK_READ') ? <EventPage id={id} /> : <ClosedToYou permission="WEBHOOK_READ" />;
}
