/**
 * @generated SignedSource<<e74a74834fcc7afe9ff5b2dd8b85b550>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type PublishEventsInput = {
  events: ReadonlyArray<EventInput>;
  organizationId?: string | null | undefined;
  projectId?: string | null | undefined;
};
export type EventInput = {
  data: unknown;
  idempotencyKey?: string | null | undefined;
  labels?: ReadonlyArray<LabelInput> | null | undefined;
  occurredAt?: string | null | undefined;
  previous?: unknown | null | undefined;
  type: string;
};
export type LabelInput = {
  key: string;
  value: string;
};
export type operationsPublishMutation$variables = {
  input: PublishEventsInput;
};
export type operationsPublishMutation$data = {
  readonly publishEvents: {
    readonly events: ReadonlyArray<{
      readonly id: string;
    }>;
  };
};
export type operationsPublishMutation = {
  response: operationsPublishMutation$data;
  variables: operationsPublishMutation$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "input"
  }
],
v1 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "input",
        "variableName": "input"
      }
    ],
    "concreteType": "PublishEventsPayload",
    "kind": "LinkedField",
    "name": "publishEvents",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "concreteType": "Event",
        "kind": "LinkedField",
        "name": "events",
        "plural": true,
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "id",
            "storageKey": null
          }
        ],
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "operationsPublishMutation",
    "selections": (v1/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "operationsPublishMutation",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "3cce042fb740dc054144e58e118937c8",
    "id": null,
    "metadata": {},
    "name": "operationsPublishMutation",
    "operationKind": "mutation",
    "text": "mutation operationsPublishMutation(\n  $input: PublishEventsInput!\n) {\n  publishEvents(input: $input) {\n    events {\n      id\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "7ccb0cd9fa6faaf373432967fb6619f0";

export default node;
