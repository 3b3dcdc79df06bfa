import { Page } from '@/components/Page';

export default function AddMachinePage() {
  return <Page title="AddMachinePage">…</Page>;
}
