export default function Shortcuts(_: { opened: boolean; onClose: () => void }) {
  return null;
}
