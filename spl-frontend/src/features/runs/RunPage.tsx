import { Page } from '@/components/Page';

export default function RunPage() {
  return <Page title="RunPage">…</Page>;
}
