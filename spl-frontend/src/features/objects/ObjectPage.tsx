import { Page } from '@/components/Page';

export default function ObjectPage() {
  return <Page title="ObjectPage">…</Page>;
}
