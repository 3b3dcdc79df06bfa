import { Page } from '@/components/Page';

export default function NewTokenPage() {
  return <Page title="NewTokenPage">…</Page>;
}
