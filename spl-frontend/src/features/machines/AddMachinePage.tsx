import { useRouter } from '@tanstack/react-router';
import { Page } from '@/components/Page';
import { AddMachine } from './AddMachine';

/** The way a machine comes in, on a page of its own. */
export default function AddMachinePage() {
  const router = useRouter();
  return (
    <Page title="Add a machine" crumbs={[{ label: 'Machines', href: router.buildLocation({ to: '/machines' }).href }]}>
      <AddMachine />
    </Page>
  );
}
