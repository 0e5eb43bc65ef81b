import './scalars.ts';
import './enums.ts';
import './header.ts';
import './attempt.ts';
import './delivery.ts';
import './deliveryUpdated.ts';
import './issue.ts';
import './issueUpdated.ts';
import './issueIntegration.ts';
import './inboundWebhook.ts';
import './event.ts';
import './webhook.ts';
import './webhookMutations.ts';
import './project.ts';
import './organization.ts';
import './apiKey.ts';
import './eventType.ts';
import './publish.ts';
import './viewer.ts';
import './roles.ts';
import './member.ts';
import './portalLink.ts';
import './auditEvent.ts';
import { builder } from './builder.ts';

/** The GraphQL schema: one file an entity, put together here. */
export const schema = builder.toSchema();
