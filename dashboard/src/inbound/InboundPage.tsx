export default function InboundPage() {
  return null;
}
