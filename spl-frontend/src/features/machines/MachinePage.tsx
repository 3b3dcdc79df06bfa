import { Page } from '@/components/Page';

export default function MachinePage() {
  return <Page title="MachinePage">…</Page>;
}
