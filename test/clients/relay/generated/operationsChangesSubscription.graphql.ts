/**
 * @generated SignedSource<<10df9c30c599ead7d1f5c96f42f81f45>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type DeliveryStatus = "CANCELLED" | "DELIVERED" | "FAILED" | "PENDING" | "RETRYING" | "SENDING" | "%future added value";
export type operationsChangesSubscription$variables = {
  after?: string | null | undefined;
};
export type operationsChangesSubscription$data = {
  readonly deliveryUpdated: {
    readonly cursor: string | null | undefined;
    readonly id: string;
    readonly status: DeliveryStatus;
  };
};
export type operationsChangesSubscription = {
  response: operationsChangesSubscription$data;
  variables: operationsChangesSubscription$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "after"
  }
],
v1 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "after",
        "variableName": "after"
      }
    ],
    "concreteType": "Delivery",
    "kind": "LinkedField",
    "name": "deliveryUpdated",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "id",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "status",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "cursor",
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
    "name": "operationsChangesSubscription",
    "selections": (v1/*:: as any*/),
    "type": "Subscription",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "operationsChangesSubscription",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "92d97e3e109614f25f0e7fea8ba82b90",
    "id": null,
    "metadata": {},
    "name": "operationsChangesSubscription",
    "operationKind": "subscription",
    "text": "subscription operationsChangesSubscription(\n  $after: String\n) {\n  deliveryUpdated(after: $after) {\n    id\n    status\n    cursor\n  }\n}\n"
  }
};
})();

(node as any).hash = "944318505cf2d980151a39ae06f92e92";

export default node;
