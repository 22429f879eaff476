"""k-means of the buyers as the contract defines it, step by step in SQL."""

FEATURES = ("recency", "orders", "spend", "discount", "tenure")


def tables(db):
    """Writes `cluster` (customer_key, cluster_id, cluster_label); empty below 20 buyers."""
    db.execute("create or replace table cluster (customer_key varchar, cluster_id integer, cluster_label varchar)")
    raw = """
        select customer_key, net_sales,
            ln(1 + recency_days) as recency, ln(1 + orders) as orders,
            ln(1 + greatest(0, cast(net_sales as double))) as spend,
            greatest(least(coalesce(discount_share, 0), 1e6), -1e6) as discount,
            cast(run.as_of - first_purchase_on as double) as tenure
        from customer_profile inner join run on run.as_of = customer_profile.as_of where orders > 0"""
    standard = ", ".join(
        f"case when max({f}) over () > min({f}) over () then ({f} - avg({f}) over ()) / stddev_pop({f}) over () else 0 end as {f}"
        for f in FEATURES)
    db.execute(f"""create or replace temp table point as
        select customer_key, net_sales, row_number() over (order by net_sales, customer_key) - 1 as i, count(*) over () as n, {standard}
        from ({raw})""")
    if db.execute("select count(*) from point").fetchone()[0] < 20:
        return
    means = ", ".join(f"avg({f}) as {f}" for f in FEATURES)
    distance = " + ".join(f"(point.{f} - centre.{f}) ** 2" for f in FEATURES)
    kept = {}
    for k in range(2, 9):
        db.execute(f"create or replace temp table member as select i, i * {k} // n as c from point")
        db.execute(f"create or replace temp table centre as select c, {means} from point inner join member using (i) group by c")
        for _ in range(100):
            db.execute(f"""create or replace temp table nearest as
                select i, arg_min(c, (d, c)) as c, min(d) as d1,
                    list_sort(list(d))[2] as d2
                from (select point.i, centre.c, {distance} as d from point cross join centre) group by i""")
            moved = db.execute("select count(*) from nearest inner join member using (i) where nearest.c <> member.c").fetchone()[0]
            if not moved:
                break
            db.execute("create or replace temp table member as select i, c from nearest")
            db.execute(f"""create or replace temp table centre as
                select c, {", ".join(f"coalesce(now.{f}, centre.{f}) as {f}" for f in FEATURES)}
                from centre left join (select c, {means} from point inner join member using (i) group by c) as now using (c)""")
        db.execute(f"""create or replace temp table nearest as
            select i, arg_min(c, (d, c)) as c, min(d) as d1, list_sort(list(d))[2] as d2
            from (select point.i, centre.c, {distance} as d from point cross join centre) group by i""")
        silhouette = db.execute(
            "select avg(case when d2 > 0 then (sqrt(d2) - sqrt(d1)) / sqrt(d2) else 0 end) from nearest").fetchone()[0]
        db.execute(f"create or replace temp table nearest_{k} as from nearest")
        db.execute(f"create or replace temp table centre_{k} as from centre")
        kept[k] = silhouette
    best = min(k for k, silhouette in kept.items() if silhouette >= max(kept.values()) - 1e-9)
    db.execute(f"""insert into cluster
        with ranked as (
            select c, row_number() over (order by avg(cast(net_sales as double)) desc, c) as id
            from point inner join nearest_{best} using (i) group by c
        )
        select customer_key, id, id || ': '
            || if(recency < 0, 'recent', 'lapsed') || ', ' || if(orders > 0, 'frequent', 'rare') || ', '
            || if(spend > 0, 'high', 'low') || ' spend'
        from (select customer_key, i from point)
        inner join nearest_{best} using (i) inner join ranked using (c) inner join centre_{best} as centre using (c)""")
