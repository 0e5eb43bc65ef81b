// An application as a customer of Everhook has it, with the packages as npm installs them.
import {
  EverhookPortal,
  EverhookProvider,
  useDeliveries,
  useDeliveryFeed,
  useHealth,
  useWebhooks,
} from '@everhook/react';
import { Everhook } from '@everhook/sdk';
import { StrictMode, useState, version } from 'react';
import { createRoot } from 'react-dom/client';

const ask = async (path, options) => {
  const response = await fetch(path, { method: 'POST', ...options });
  if (!response.ok) throw new Error(await response.text());
  return response.text();
};

function Portal() {
  const [errors, setErrors] = useState(0);
  const [appearance, setAppearance] = useState('light');
  const [shown, setShown] = useState(true);
  return (
    <main>
      <h1>Shop</h1>
      <button type="button" onClick={() => setShown((now) => !now)}>
        Fold
      </button>
      <button type="button" onClick={() => setAppearance('dark')}>
        Dark
      </button>
      <p>Failures: {errors}</p>
      {shown && (
        <EverhookPortal
          getLink={({ reason, signal }) => ask(`/link?reason=${reason}`, { signal })}
          title="Your webhooks"
          appearance={appearance}
          style={{ height: 760 }}
          loading={<p>Opening your webhooks…</p>}
          failed={(error, retry) => (
            <p>
              {error.message}{' '}
              <button type="button" onClick={retry}>
                Try now
              </button>
            </p>
          )}
          onError={() => {
            setErrors((n) => n + 1);
            if (location.hash === '#throws') throw new Error('A fault of the shop itself.');
          }}
        />
      )}
    </main>
  );
}

function Hooks() {
  const webhooks = useWebhooks({ pageSize: 2 });
  const deliveries = useDeliveries();
  const feed = useDeliveryFeed();
  const [first] = webhooks.items;
  return (
    <main>
      <h1>Hooks</h1>
      <p>{webhooks.loading ? 'loading' : `${webhooks.items.length} webhooks`}</p>
      {webhooks.error && <p role="alert">{webhooks.error.message}</p>}
      <ul aria-label="Webhooks">
        {webhooks.items.map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ul>
      {webhooks.hasMore && (
        <button type="button" onClick={webhooks.loadMore}>
          More
        </button>
      )}
      <button type="button" onClick={webhooks.refresh}>
        Again
      </button>
      {first && <State id={first.id} />}
      <p>Log: {deliveries.loading ? '…' : deliveries.items.length}</p>
      <p>Feed: {feed.connection}</p>
      <ul aria-label="Feed">
        {feed.deliveries.map(({ id, eventType, status }) => (
          <li key={id}>
            {eventType} {status}
          </li>
        ))}
      </ul>
    </main>
  );
}

function Folding() {
  const [shown, setShown] = useState(true);
  return (
    <>
      <button type="button" onClick={() => setShown((now) => !now)}>
        Fold
      </button>
      {shown && <Hooks />}
    </>
  );
}

function State({ id }) {
  const { health } = useHealth(id);
  return <p>Health: {health}</p>;
}

const clientOf = async (reason) => {
  let token;
  return new Everhook({
    url: await ask('/installation'),
    apiKey: async () => {
      token ??= new URL(await ask(`/link?reason=${reason}`)).hash.slice('#token='.length);
      return token;
    },
  });
};
const clients = location.hash === '#hooks' && [await clientOf('hooks'), await clientOf('other')];

function Customers() {
  const [at, setAt] = useState(0);
  return (
    <>
      <button type="button" onClick={() => setAt((now) => 1 - now)}>
        Other customer
      </button>
      <EverhookProvider client={clients[at]}>
        <Folding />
      </EverhookProvider>
    </>
  );
}

document.documentElement.dataset.react = version;
createRoot(document.getElementById('root')).render(<StrictMode>{clients ? <Customers /> : <Portal />}</StrictMode>);
