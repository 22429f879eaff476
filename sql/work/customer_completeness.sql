-- One row per customer: share of the master data fields that are filled.
--
-- Companies have six fields, persons (and customers of unknown kind) seven; a blank is empty.

select
    numbers.customer_no,
    case
        when customers.customer_kind = 'company'
            then cast(
                case when btrim(customers.customer_name) <> '' then 1 else 0 end
                + case when btrim(customers.email) <> '' then 1 else 0 end
                + case when btrim(customers.phone) <> '' then 1 else 0 end
                + case when btrim(customers.industry) <> '' then 1 else 0 end
                + case when btrim(customers.region) <> '' then 1 else 0 end
                + case when btrim(customers.city) <> '' then 1 else 0 end
                as double
            ) / 6
        else cast(
            case when btrim(customers.customer_name) <> '' then 1 else 0 end
            + case when btrim(customers.email) <> '' then 1 else 0 end
            + case when btrim(customers.phone) <> '' then 1 else 0 end
            + case when btrim(customers.gender) <> '' then 1 else 0 end
            + case when customers.birth_date is not null then 1 else 0 end
            + case when btrim(customers.region) <> '' then 1 else 0 end
            + case when btrim(customers.city) <> '' then 1 else 0 end
            as double
        ) / 7
    end as completeness
from core.customer as customers
inner join work.customer_number as numbers on customers.customer_key = numbers.customer_key
