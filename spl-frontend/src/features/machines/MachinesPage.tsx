import { Page } from '@/components/Page';

export default function MachinesPage() {
  return <Page title="MachinesPage">…</Page>;
}
