from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)


engine = create_engine("sqlite://")


def handler(event, context):
    return str(
        (
            str(select(Order)),
            text("a").text,
            Session(engine).bind.dialect.name,
        )
    )
