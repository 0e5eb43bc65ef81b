/** Groups deliveries' ids by organization; each group keeps their order. */
export function idsByOrganization(
  deliveries: Iterable<{ readonly organizationId: string; readonly deliveryId: string }>,
): Map<string, string[]> {
  const grouped = new Map<string, string[]>();
  for (const { organizationId, deliveryId } of deliveries) {
    const ids = grouped.get(organizationId);
    if (ids) ids.push(deliveryId);
    else grouped.set(organizationId, [deliveryId]);
  }
  return grouped;
}
